"""What several test folders share: builders of tiny and of random cases, the reference cases."""
