"""Configs in parameters, decorators and steps, a project with a branch, a file as a parameter."""

from metaflow import Config, FlowSpec, IncludeFile, Parameter, config_expr, current, environment, project, step


@project(name="parity")
class ConfiguredFlow(FlowSpec):
    config = Config("config", default="configured.json")
    plan = Config("plan", default_value={"rounds": 2, "deep": {"name": "inner"}})
    rate = Parameter("rate", default=config.rate)
    notes = IncludeFile("notes", default="notes.txt", is_text=True)

    @environment(vars={"MODEL": config_expr("config.model.upper()")})
    @step
    def start(self):
        import os

        self.model = os.environ["MODEL"]
        self.lines = self.notes.splitlines()
        self.rounds = list(range(self.plan.rounds))
        self.inner = self.plan["deep"]["name"]
        self.where = (current.project_name, current.branch_name, current.is_production, current.project_flow_name)
        self.next(self.train, foreach="rounds")

    @step
    def train(self):
        self.score = self.input * self.rate
        self.next(self.join)

    @step
    def join(self, inputs):
        self.scores = [one.score for one in inputs]
        self.merge_artifacts(inputs, include=["model", "lines", "where", "inner"])
        self.next(self.end)

    @step
    def end(self):
        self.best = max(self.scores)
        self.tags_text = self.config.tags


if __name__ == "__main__":
    ConfiguredFlow()
