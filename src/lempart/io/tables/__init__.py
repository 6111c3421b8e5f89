"""Table files, CSV or Parquet: the one way in for columns of numbers and names."""
