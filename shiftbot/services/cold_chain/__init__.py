"""The cold chain's services: judging units, looking at them, and replaying readings from a file."""
