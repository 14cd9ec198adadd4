"""What a run is expected to bring, what it brought, and the verdict: pure, from figures and those of earlier runs."""
