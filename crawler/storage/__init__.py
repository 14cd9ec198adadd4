"""What is kept on disk between the phases of a run, and the feeds that leave it."""
