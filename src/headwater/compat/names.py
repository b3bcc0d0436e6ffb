"""THE table of Metaflow's public names: the module each stands in, and what answers for it here."""

from collections.abc import Mapping


def _same(home: str, names: str) -> dict[str, str]:
    """Names that are called the same in a module of ours."""
    return {name: f"{home}:{name}" for name in names.split()}


_CLIENT = {
    **_same("headwater", "Flow Run Step Task DataArtifact namespace get_namespace default_namespace inspect_spin"),
    **_same("headwater.compat.metadata", "metadata get_metadata default_metadata"),
    "Metaflow": "headwater:Headwater",
}
_MUTATORS = "FlowMutator StepMutator UserStepDecorator user_step_decorator USER_SKIP_STEP"
_PARSERS = "yaml_parser requirements_txt_parser pyproject_toml_parser conda_environment_yml_parser"
_COMPONENTS = (
    "Artifact Table Image Error Markdown VegaChart ProgressBar ValueBox PythonCode EventsTimeline JSONViewer YAMLViewer"
)
_CARDS = {
    **_same("headwater.cards", f"{_COMPONENTS} get_cards DefaultCard BlankCard ErrorCard"),
    "MetaflowCard": "headwater.cards:Card",
    "MetaflowCardComponent": "headwater.cards:Component",
}
_EXCEPTIONS = {
    "MetaflowException": "HeadwaterError",
    "MetaflowExceptionWrapper": "ExceptionWrapper",
    "ParameterFieldFailed": "ParameterError",
    "ParameterFieldTypeMismatch": "ParameterError",
    "ExternalCommandFailed": "HostError",
    "MetaflowNotFound": "NotFound",
    "MetaflowNamespaceMismatch": "NamespaceMismatch",
    "MetaflowInvalidPathspec": "InvalidName",
    "MetaflowInternalError": "HostError",
    "MetaflowTaggingError": "TagError",
    "MetaflowUnknownUser": "SettingsError",
    "InvalidDecoratorAttribute": "DecoratorError",
    "CommandException": "UsageError",
    "MetaflowDataMissing": "BlobError",
    "UnhandledInMergeArtifactsException": "UnhandledInMerge",
    "MissingInMergeArtifactsException": "MissingInMerge",
}
_ERRORS = {name: f"headwater.errors:{ours}" for name, ours in _EXCEPTIONS.items()}
_DECORATOR_ERRORS = dict.fromkeys(
    (
        "BadStepDecoratorException",
        "BadFlowDecoratorException",
        "UnknownStepDecoratorException",
        "UnknownFlowDecoratorException",
        "DuplicateStepDecoratorException",
        "DuplicateFlowDecoratorException",
    ),
    "headwater.errors:DecoratorError",
)

#: Module -> name -> "module:attribute" of what answers. A module without names is there to be imported.
NAMES: Mapping[str, Mapping[str, str]] = {
    "metaflow": {
        **_same("headwater", "FlowSpec step Parameter JSONType JSONTypeClass IncludeFile"),
        **_same("headwater", f"Config ConfigValue config_expr {_MUTATORS} current"),
        **_same("headwater", "batch card catch conda environment kubernetes parallel pypi pytorch_parallel resources"),
        **_same("headwater", "retry secrets timeout"),
        **_same("headwater", "airflow_external_task_sensor airflow_s3_key_sensor conda_base exit_hook project"),
        **_same("headwater", "pypi_base schedule trigger trigger_on_finish"),
        **_CLIENT,
        **_same("headwater", "Runner NBRunner Deployer DeployedFlow NBDeployer"),
        **_same("headwater", "parallel_map parallel_imap_unordered profile namespaced_event_name"),
        **_same("headwater.parsers", _PARSERS),
        "__version__": "headwater.compat.names:METAFLOW_VERSION",
    },
    "metaflow.cards": _CARDS,
    "metaflow.client": _CLIENT,
    "metaflow.client.core": {
        **_CLIENT,
        "MetaflowObject": "headwater.client.base:ClientObject",
        "MetaflowData": "headwater.client.values:Data",
        "MetaflowCode": "headwater.client.package:Code",
        "Metadata": "headwater.client.task:Metadata",
    },
    "metaflow.datastore": {},
    "metaflow.datastore.exceptions": {
        "DataException": "headwater.errors:StorageError",
        "UnpicklableArtifactException": "headwater.errors:ArtifactError",
    },
    "metaflow.decorators": _DECORATOR_ERRORS,
    "metaflow.events": {
        "Trigger": "headwater.client.trigger:Trigger",
        "MetaflowEvent": "headwater.client.trigger:Event",
    },
    "metaflow.exception": _ERRORS,
    "metaflow.flowspec": {
        "FlowSpec": "headwater:FlowSpec",
        "InvalidNextException": "headwater.errors:InvalidNext",
    },
    "metaflow.includefile": {"IncludeFile": "headwater:IncludeFile"},
    "metaflow.lint": {"LintWarn": "headwater.errors:LintError"},
    "metaflow.metaflow_config": _same(
        "headwater.compat.config",
        "from_conf DATASTORE_SYSROOT_LOCAL DEFAULT_DATASTORE DEFAULT_ENVIRONMENT DEFAULT_METADATA TEMPDIR MAX_ATTEMPTS",
    ),
    "metaflow.metaflow_current": {"current": "headwater:current"},
    "metaflow.metaflow_profile": {"profile": "headwater:profile"},
    "metaflow.multicore_utils": _same("headwater", "parallel_map parallel_imap_unordered"),
    "metaflow.parameters": {
        **_same("headwater", "Parameter JSONType JSONTypeClass"),
        "ParameterContext": "headwater.flow.parameter_values:ParameterContext",
    },
    "metaflow.plugins": {},
    "metaflow.plugins.cards": {},
    "metaflow.plugins.cards.card_modules": {},
    "metaflow.plugins.cards.card_modules.basic": _same("headwater.cards", "DefaultCard BlankCard ErrorCard"),
    "metaflow.plugins.cards.card_modules.card": {
        "MetaflowCard": "headwater.cards:Card",
        "MetaflowCardComponent": "headwater.cards:Component",
    },
    "metaflow.plugins.cards.card_modules.components": _same("headwater.cards", _COMPONENTS),
    "metaflow.plugins.package_suffixes_mutator": {"package_suffixes": "headwater:package_suffixes"},
    "metaflow.plugins.parsers": _same("headwater.parsers", _PARSERS),
    "metaflow.plugins.secrets": {"get_secret": "headwater:get_secret"},
    "metaflow.runner": {},
    "metaflow.runner.metaflow_runner": _same("headwater", "Runner"),
    "metaflow.runner.nbrun": _same("headwater", "NBRunner"),
    "metaflow.runtime": {"TaskFailed": "headwater.errors:RunFailed"},
    "metaflow.user_configs": {},
    "metaflow.user_configs.config_parameters": _same("headwater", "Config ConfigValue config_expr"),
    "metaflow.user_decorators": {},
    "metaflow.user_decorators.mutable_flow": _same("headwater.flow.mutable", "MutableFlow"),
    "metaflow.user_decorators.mutable_step": _same("headwater.flow.mutable", "MutableStep"),
    "metaflow.user_decorators.user_flow_decorator": _same("headwater", "FlowMutator"),
    "metaflow.user_decorators.user_step_decorator": _same("headwater", f"{_MUTATORS.removeprefix('FlowMutator ')}"),
}

#: What flows compare `metaflow.__version__` with: the version whose surface this is.
METAFLOW_VERSION = "2.19.0"

_STORES = "it comes with remote stores. Until then: headwater.Folder, or a library such as boto3"
_SERIALIZERS = "values are kept by Headwater's own serializers, which artifacts of any type go through unasked"
_EVENTS = "it comes with deployment"
_EXTENSION = "in Metaflow it belongs to an extension, metaflow-checkpoint; keep files with headwater.Folder"

_PAGE = "the page around components is made by Headwater; derive from MetaflowCardComponent"
_S3 = "S3 S3Object S3GetObject S3PutObject RangeInfo"
_S3_ERRORS = "Exception URLException NotFound AccessDenied InvalidObject InvalidRange InsufficientDiskSpace"
_S3_NAMES = dict.fromkeys((*_S3.split(), *(f"MetaflowS3{name}" for name in _S3_ERRORS.split())), _STORES)

#: Module -> name -> why nothing answers for it, and what to do instead.
LATER: Mapping[str, Mapping[str, str]] = {
    "metaflow": {"S3": _STORES, "checkpoint": _EXTENSION, "model": _EXTENSION},
    "metaflow.cards": {"PageComponent": _PAGE},
    "metaflow.datatools": _S3_NAMES,
    "metaflow.datastore.artifacts": dict.fromkeys(
        (
            "ArtifactSerializer",
            "SerializationFormat",
            "SerializedBlob",
            "SerializationMetadata",
            "SerializerStore",
            "SerializerState",
            "list_serializer_status",
        ),
        _SERIALIZERS,
    ),
    "metaflow.integrations": {"ArgoEvent": _EVENTS},
    "metaflow.plugins.argo": {"ArgoEvent": _EVENTS},
    "metaflow.plugins.argo.argo_events": {"ArgoEvent": _EVENTS},
    "metaflow.plugins.datatools": _S3_NAMES,
    "metaflow.plugins.datatools.s3": _S3_NAMES,
    "metaflow.metaflow_config": dict.fromkeys(
        ("DATASTORE_SYSROOT_S3", "DATASTORE_SYSROOT_AZURE", "DATASTORE_SYSROOT_GS", "DATATOOLS_S3ROOT"), _STORES
    ),
}

MODULES = frozenset((*NAMES, *LATER))
