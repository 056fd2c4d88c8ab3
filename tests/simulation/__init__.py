"""The simulated year: its model by itself, and short simulations of many seeds."""
