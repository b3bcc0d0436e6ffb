"""Values as bytes: serializers, content-addressed blobs, summaries, the items of a foreach."""
