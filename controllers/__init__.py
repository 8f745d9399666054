from . import component_status
