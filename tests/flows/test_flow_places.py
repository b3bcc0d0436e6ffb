"""Where a flow may live."""

from flow_project import Project


def test_a_where_a_flow_lives_may_be_a_module_beside_the_script(project: Project) -> None:
    project.write(
        """
        from headwater import FlowSpec, step

        class ModuleFlow(FlowSpec):
            @step
            def start(self):
                self.where = __name__
                self.next(self.end)

            @step
            def end(self):
                pass
        """,
        name="library.py",
    )
    project.file.write_text("from library import ModuleFlow\nModuleFlow()\n")
    assert project.call("run").done().at("start").where == "library"
