"""The case folder and file: read with every problem at once, written so that it reads the same."""
