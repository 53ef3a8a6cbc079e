#!/bin/sh
# Runs a TypeScript script of the project with the Node that the lockfile pins. Installs the lockfile's packages first when
# they are missing or older than it, so that `npm start` and `npm test` are all there is to type on a fresh clone.
set -eu
cd "$(dirname "$0")/.."

stamp=node_modules/.besace-lock
# Not `npm ci`: it refuses a lockfile without the packages of other platforms, which not every registry has, though
# nothing here needs them. `--no-save` installs what the lockfile pins, with its hashes, and leaves it as it is.
if ! cmp -s package-lock.json "$stamp" 2>/dev/null; then
  echo "Besace: installing packages (npm install)..." >&2
  npm install --no-save --prefer-offline --no-progress --loglevel=error >&2 || {
    echo "Besace: the packages cannot be installed. Check the network and the free disk space, then try again." >&2
    exit 1
  }
  cp package-lock.json "$stamp"
fi

node=node_modules/.bin/node
if [ ! -x "$node" ]; then
  node=$(command -v node)
  major=$("$node" -p 'process.versions.node.split(".")[0]')
  if [ "$major" -lt 24 ]; then
    echo "Besace: no Node 24 for this machine in the packages, and the system has $("$node" -v). Install Node 24 or newer." >&2
    exit 1
  fi
fi
export PATH="$PWD/node_modules/.bin:$PATH"
script=$1
shift
exec "$node" --disable-warning=ExperimentalWarning "$script" "$@"
