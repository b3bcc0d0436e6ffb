"""The client: reads back what runs have left, from any Python program or notebook.

python examples/sweep.py run
python examples/client_report.py
"""

from headwater import Flow


def main() -> None:
    flow = Flow("SweepFlow")  # your runs; `namespace(None)` before it shows everybody's
    print(f"{len(list(flow))} runs, the newest {flow.latest_run.status}")

    run = flow.latest_successful_run
    print(f"points: {run.parameters['points']}, chosen: degree {run.data.degree}")  # `data` is what the last step had

    # A run holds steps, a step tasks, a task artifacts. Nothing is loaded before `.data` is asked for.
    for task in run["fit"]:
        bar = "#" * round(task.data.error * 100)
        print(f"  degree {task.data.degree}: {task.data.error:.4f} {bar}")

    # A pathspec names any of them: Flow/run/step/task/artifact.
    (chosen,) = [task for task in run["fit"] if task.data.degree == run.data.degree]
    artifact = chosen["coefficients"]
    print(f"{artifact.pathspec.split('/', 2)[2]}: {artifact.type}, {artifact.size} bytes")


if __name__ == "__main__":
    main()
