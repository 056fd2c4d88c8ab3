"""What happens to the pharmacy: each function is one short transaction (or a few, each alone), with `now` passed in."""
