"""What of the binding has been called, and what came of it.

Each function of gssapi.raw and each public method and property of the
high-level classes is put behind one that takes notes. At the end a function
that never returned has to be among those that are known to refuse, with the
reason why, and one that is among them has to have refused and nothing else.
"""

import functools
import importlib
import pkgutil
import types

import gssapi
import gssapi.raw

# Made of nothing but Kerberos' own handles, of which the binding makes none.
UNCALLABLE = {"raw.krb5_import_cred"}

returned = set()
refused = set()
known = set()


def watched(name, function):
    known.add(name)

    @functools.wraps(function)
    def call(*arguments, **keywords):
        try:
            result = function(*arguments, **keywords)
        except gssapi.exceptions.GSSError:
            refused.add(name)
            raise
        returned.add(name)
        return result

    return call


def is_function(thing):
    return isinstance(thing, types.BuiltinFunctionType) or (
        type(thing).__name__ == "cython_function_or_method")


def watch_raw():
    """Every function of gssapi.raw, in the module that it is from and in the
    package, from where both are called."""
    for found in pkgutil.iter_modules(gssapi.raw.__path__):
        if found.ispkg or found.name == "cython_converters":
            continue
        module = importlib.import_module("gssapi.raw." + found.name)
        for name in dir(module):
            thing = getattr(module, name)
            if (name.startswith("_") or not is_function(thing)
                    or "raw." + name in UNCALLABLE
                    or getattr(thing, "__module__", None) != module.__name__):
                continue
            call = watched("raw." + name, thing)
            setattr(module, name, call)
            if getattr(gssapi.raw, name, None) is thing:
                setattr(gssapi.raw, name, call)


def watch_class(cls):
    for name, thing in list(vars(cls).items()):
        full = cls.__name__ + "." + name
        if name.startswith("_") and name not in ("__reduce__", "__new__"):
            continue
        if isinstance(thing, types.FunctionType):
            setattr(cls, name, watched(full, thing))
        elif isinstance(thing, (staticmethod, classmethod)):
            if name != "__new__":
                setattr(cls, name,
                        type(thing)(watched(full, thing.__func__)))
        elif isinstance(thing, property):
            setattr(cls, name, property(watched(full, thing.fget)))


def watch():
    watch_raw()
    for cls in (gssapi.Name, gssapi.Credentials, gssapi.SecurityContext,
                gssapi.mechs.Mechanism):
        watch_class(cls)


def complaints(refusing):
    """What is wrong with the notes, as sentences."""
    for name in sorted(known - returned - set(refusing)):
        yield "%s never returned%s" % (
            name, "" if name in refused else ", nor was it called")
    for name in sorted(set(refusing) & returned):
        yield "%s is said to refuse, and returned" % name
    for name in sorted(set(refusing) - refused):
        yield "%s is said to refuse, and did not" % name
