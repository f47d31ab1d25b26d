"""What counts as rounding: differences, noise, drift, and the draws that both sides share."""
