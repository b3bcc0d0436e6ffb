"""`headwater completion bash|zsh|fish`: the script that makes a shell complete our commands.

With --json one document: {shell, script}.
"""

import sys

import click

from headwater.cli.commands import Shared, command_with
from headwater.cli.json import to_line
from headwater.cli.streams import Sink

_BASH = r"""
# Completion of headwater for bash. In ~/.bashrc: eval "$(headwater completion bash)"

_headwater_offer() { # WORDS NUMBER PROGRAM...: the candidates of a program for a line
    local IFS=$'\n' line words=$1 number=$2
    shift 2
    COMPREPLY=()
    for line in $(env COMP_WORDS="$words" COMP_CWORD="$number" _HEADWATER_COMPLETE=bash_complete "$@" 2>/dev/null); do
        case $line in
            dir,*) compopt -o dirnames ;;
            file,*) compopt -o default ;;
            plain,*/) COMPREPLY+=("${line#*,}"); compopt -o nospace ;;
            plain,*) COMPREPLY+=("${line#*,}") ;;
        esac
    done
}

_headwater() {
    _headwater_offer "${COMP_WORDS[*]}" "$COMP_CWORD" "$1"
}

complete -o nosort -F _headwater headwater
"""

_BASH_PYTHON = r"""
_headwater_python() { # python FILE.py ..., where the file holds a flow
    local file=${COMP_WORDS[1]}
    if [[ $COMP_CWORD -gt 1 && $file == *.py ]] && grep -qs FlowSpec -- "$file"; then
        _HEADWATER_FLOW=$file _headwater_offer "${COMP_WORDS[*]:1}" "$((COMP_CWORD - 1))" "$1" -m headwater
    elif declare -F _python >/dev/null; then
        _python "$@"
    fi
}

complete -o bashdefault -o default -F _headwater_python python python3
"""

_ZSH = r"""
#compdef headwater
# Completion of headwater for zsh. In ~/.zshrc, after compinit: eval "$(headwater completion zsh)"

_headwater_offer() { # WORDS NUMBER PROGRAM...: the candidates of a program for a line
    local line_words=$1 number=$2 kind key help
    local -a response open done_ shown_open shown_done
    shift 2
    local -x COMP_WORDS=$line_words COMP_CWORD=$number _HEADWATER_COMPLETE=zsh_complete
    response=("${(@f)$("$@" 2>/dev/null)}")
    for kind key help in "${response[@]}"; do
        case $kind in
            dir) _path_files -/ ;;
            file) _path_files -f ;;
            plain)
                [[ $help == _ ]] && help=$key || help="$key  -- $help"
                if [[ $key == */ ]]; then open+=("$key"); shown_open+=("$help")
                else done_+=("$key"); shown_done+=("$help"); fi ;;
        esac
    done
    (( $#open )) && compadd -U -V headwater -S '' -l -d shown_open -a open
    (( $#done_ )) && compadd -U -V headwater -l -d shown_done -a done_
}

_headwater() {
    _headwater_offer "${words[*]}" $((CURRENT - 1)) "${words[1]}"
}

compdef _headwater headwater
"""

_ZSH_PYTHON = r"""
_headwater_python() { # python FILE.py ..., where the file holds a flow
    if (( CURRENT > 2 )) && [[ ${words[2]} == *.py ]] && grep -qs FlowSpec -- "${words[2]}"; then
        _HEADWATER_FLOW=${words[2]} _headwater_offer "${words[2,-1]}" $((CURRENT - 2)) "${words[1]}" -m headwater
    else
        _python "$@"
    fi
}

autoload -Uz _python
compdef _headwater_python python python3
"""

_FISH = r"""
# Completion of headwater for fish: headwater completion fish > ~/.config/fish/completions/headwater.fish

function _headwater_offer # PROGRAM...: its candidates for the words in $_headwater_words
    set -lx COMP_WORDS $_headwater_words
    set -lx COMP_CWORD (commandline -ct)
    set -lx _HEADWATER_COMPLETE fish_complete
    for line in ($argv 2>/dev/null)
        set -l parts (string split -m 1 , -- $line)
        switch $parts[1]
            case dir
                __fish_complete_directories $parts[2]
            case file
                __fish_complete_path $parts[2]
            case plain
                echo $parts[2]
        end
    end
end

function _headwater_complete
    set -g _headwater_words (commandline -cp)
    _headwater_offer (commandline -opc)[1]
end

complete --no-files --command headwater --arguments "(_headwater_complete)"
"""

_FISH_PYTHON = r"""
function _headwater_is_flow # python FILE.py ..., where the file holds a flow
    set -l words (commandline -opc)
    test (count $words) -gt 1; and string match -q '*.py' -- $words[2]; and grep -qs FlowSpec -- $words[2]
end

function _headwater_python
    set -l words (commandline -opc)
    set -g _headwater_words (string replace -r '^\s*\S+\s+' '' -- (commandline -cp))
    set -lx _HEADWATER_FLOW $words[2]
    _headwater_offer $words[1] -m headwater
end

complete --no-files --command python --condition _headwater_is_flow --arguments "(_headwater_python)"
complete --no-files --command python3 --condition _headwater_is_flow --arguments "(_headwater_python)"
"""

_SCRIPTS = {"bash": (_BASH, _BASH_PYTHON), "zsh": (_ZSH, _ZSH_PYTHON), "fish": (_FISH, _FISH_PYTHON)}

_HELP = """\
Print the script that makes a shell complete commands, options, pathspecs and tags.

\b
bash, in ~/.bashrc:                 eval "$(headwater completion bash)"
zsh, in ~/.zshrc, after compinit:   eval "$(headwater completion zsh)"
fish:  headwater completion fish > ~/.config/fish/completions/headwater.fish

With --python the script also completes `python FILE.py ...` where FILE.py holds a flow. The file is imported for that,
as by every command, with the Python that is named.
"""


def command() -> click.Command:
    return command_with(
        "completion",
        completion,
        [
            click.Argument(["shell"], type=click.Choice(list(_SCRIPTS))),
            click.Option(["with_python", "--python"], is_flag=True, help="Complete `python FILE.py ...` too."),
        ],
        shown={"--json"},
        help=_HELP,
        short_help="Print the script that makes a shell complete.",
    )


def completion(shared: Shared, shell: str, with_python: bool) -> None:
    ours, pythons = _SCRIPTS[shell]
    script = (ours + pythons if with_python else ours).lstrip("\n")
    out = Sink(sys.stdout)
    out.write(to_line({"shell": shell, "script": script}) if shared.json else script.encode())
