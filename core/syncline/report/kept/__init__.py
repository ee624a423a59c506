"""Reports after they were made: kept with every fact, compared, made again, and cut to what a reader may see."""
