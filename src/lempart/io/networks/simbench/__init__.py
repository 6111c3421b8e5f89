"""SimBench grids with their year of profiles."""
