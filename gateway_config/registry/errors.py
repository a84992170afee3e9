"""Problems of the registry."""

from functions.shared.plain.problems import Problem


class ServiceNotRegistered(Problem):
    status = 404
    code = "service_not_registered"
    title = "No service has this name"
