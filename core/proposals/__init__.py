"""The proposals of the images of a data set: kept in memory and on disk, and what was removed of them."""
