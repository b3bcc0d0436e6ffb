"""Published conformance suites: what every back end promises."""
