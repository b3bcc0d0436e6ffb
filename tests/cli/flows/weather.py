"""A flow of a project."""

from headwater import FlowSpec, project, step


@project(name="weather")
class Weather(FlowSpec):
    @step
    def start(self) -> None:
        self.next(self.end)

    @step
    def end(self) -> None: ...


if __name__ == "__main__":
    Weather()
