"""What of a COCO file can be used: images, objects, whose they are, and which images are in doubt."""
