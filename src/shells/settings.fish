functions --erase docker 2>/dev/null
set --erase DOCKER_CONTEXT
set --erase DOCKER_TLS
set --erase DOCKER_TLS_VERIFY
set --erase DOCKER_CERT_PATH
set --erase DOCKER_API_VERSION
set --global --export DOCKER_HOST '@DOCKER_HOST@'
set --global --export PATH '@PROGRAMS@' $PATH
