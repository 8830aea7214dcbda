"""What tools/endurance shows, a file for each."""
