"""What Headwater may cost: each budget measured beside a floor, or beside Metaflow, in the same run."""
