"""Reads the newest run of flight_delays.py back and prints what each airline's model is worth."""

import hashlib

from headwater import Flow, namespace


def digest_of(run) -> str:
    """One short text for every value that the run stored: equal texts, equal results."""
    lines = sorted(
        f"{task.pathspec.split('/', 2)[2]}/{artifact.id} {artifact.sha}"
        for step in run
        for task in step
        for artifact in task
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def main() -> None:
    namespace(None)
    run = Flow("FlightDelaysFlow").latest_successful_run
    print(f"\n{run.pathspec}: {len(list(run['fit']))} models fitted, {len(list(run['choose']))} chosen\n")
    print(f"{'airline':<8}{'flights':>9}{'late':>8}{'AUC':>8}   settings")
    for task in sorted(run["choose"], key=lambda task: -task.data.score["flights"]):
        score, settings = task.data.score, task.data.settings
        late = "-" if score["late"] is None else f"{score['late']:.1%}"
        auc = "-" if score["auc"] is None else f"{score['auc']:.3f}"
        chosen = f"rate {settings['learning_rate']}, {settings['max_leaf_nodes']} leaves"
        print(f"{score['carrier']:<8}{score['flights']:>9,}{late:>8}{auc:>8}   {chosen}")
    print(f"\nAUC over all airlines: {run.data.mean_auc:.3f}")
    print(f"Digest of all artifacts: {digest_of(run)}")


if __name__ == "__main__":
    main()
