"""Item pipelines: thin, synchronous adapters that each call one pure function of `crawler.extraction`."""
