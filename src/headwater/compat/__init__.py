"""`import metaflow` answered by Headwater, and what a flow that was written for Metaflow uses."""

from headwater.compat.path import activate as activate
