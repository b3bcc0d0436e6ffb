"""Step decorators about packages and machines: checked and kept with the run, for the platforms that act on them.

None: the author did not say, and the platform's own default holds. `@kubernetes` and `@batch` then give a task 1 CPU
and 4096 MB, `@kubernetes` 10240 MB of disk.
"""

from typing import Any, Literal

from headwater.records.decorator import Decorator


class Conda(Decorator, frozen=True, kw_only=True, omit_defaults=True, tag="conda"):
    """Packages of conda channels."""

    packages: dict[str, str] = {}  # name -> version
    libraries: dict[str, str] = {}  # the old name of `packages`
    python: str | None = None
    disabled: bool | None = None


class Pypi(Decorator, frozen=True, kw_only=True, omit_defaults=True, tag="pypi"):
    """Packages of PyPI."""

    packages: dict[str, str] = {}  # name -> version
    python: str | None = None
    disabled: bool | None = None


class PytorchParallel(Decorator, frozen=True, kw_only=True, omit_defaults=True, tag="pytorch_parallel"):
    """The step is one node of a gang that torch.distributed finds by its environment variables."""

    master_port: int | None = None  # None: one that is free


class Batch(Decorator, frozen=True, kw_only=True, omit_defaults=True, tag="batch"):
    """A job of AWS Batch."""

    cpu: float | None = None
    gpu: int | None = None
    memory: int | None = None  # MB
    image: str | None = None
    queue: str | None = None
    iam_role: str | None = None
    execution_role: str | None = None
    shared_memory: int | None = None  # MB
    max_swap: int | None = None  # MB
    swappiness: int | None = None  # 0 to 100
    inferentia: int | None = None
    efa: int | None = None
    host_volumes: list[str] | None = None
    efs_volumes: list[str] | None = None
    use_tmpfs: bool = False
    aws_batch_tags: dict[str, str] | None = None
    tmpfs_tempdir: bool = True
    tmpfs_size: int | None = None  # MB
    tmpfs_path: str | None = "/metaflow_temp"
    ephemeral_storage: int | None = None  # GB
    log_driver: str | None = None
    log_options: list[str] | None = None
    executable: str | None = None
    privileged: bool = False


class Kubernetes(Decorator, frozen=True, kw_only=True, omit_defaults=True, tag="kubernetes"):
    """A pod of a Kubernetes cluster."""

    cpu: float | None = None
    memory: int | None = None  # MB
    disk: int | None = None  # MB
    image: str | None = None
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = None
    image_pull_secrets: list[str] | None = None
    service_account: str | None = None
    secrets: list[str] | None = None
    node_selector: dict[str, str] | None = None
    namespace: str | None = None
    gpu: int | None = None
    gpu_vendor: Literal["nvidia", "amd"] | None = None
    tolerations: list[dict[str, Any]] | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    use_tmpfs: bool | None = None
    tmpfs_tempdir: bool = True
    tmpfs_size: int | None = None  # MB
    tmpfs_path: str | None = "/metaflow_temp"
    persistent_volume_claims: dict[str, str] | None = None  # claim -> where it is mounted
    shared_memory: int | None = None  # MB
    port: int | None = None
    compute_pool: str | None = None
    executable: str | None = None
    hostname_resolution_timeout: int = 600  # seconds
    qos: Literal["burstable", "guaranteed"] = "burstable"
    extended_resources: dict[str, Any] = {}
    security_context: dict[str, Any] | None = None
