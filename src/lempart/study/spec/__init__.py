"""What a study is: its file, its axes, how scenarios vary."""
