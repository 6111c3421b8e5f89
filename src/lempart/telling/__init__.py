"""Answers in sentences: terminal, report and notebook say the same of the same result, and no more than is known."""
