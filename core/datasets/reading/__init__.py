"""The text of a COCO file and its records: read as they should be, and leniently where they are not."""
