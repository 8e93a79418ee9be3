"""The kernel's end of the JupyterLab extension (`labextension/`).

Imported with annlab where a Jupyter kernel runs, and needs none of the notebook libraries: the
extension speaks to it through a comm, `annlab:panel`, whose messages are in `messages.py`.
"""
