"""Costs in many draws of forecasts and realisations; problems are built once."""
