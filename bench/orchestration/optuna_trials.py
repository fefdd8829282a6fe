"""Milliseconds per trial that does nothing: Optuna on SQLite, one process, a grid of four parameters, three reports."""
import json
import os
import sys
import tempfile
import time

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
count = int(sys.argv[1])
space = {
    "learning_rate": [i * 1e-6 for i in range(1, 11)],
    "max_train_steps": list(range(100, 1100, 100)),
    "with_prior_preservation": [0, 1],
    "seed": list(range(max(1, count // 200))),
}
database = os.path.join(tempfile.mkdtemp(), "study.db")
study = optuna.create_study(storage=f"sqlite:///{database}", sampler=optuna.samplers.GridSampler(space))


def objective(trial):
    value = sum(float(trial.suggest_categorical(name, values)) for name, values in space.items())
    for step in range(3):
        trial.report(value, step)
    return value


started = time.time()
study.optimize(objective, n_trials=count)
done = len(study.trials)
print(json.dumps({"version": optuna.__version__, "msPerTrial": (time.time() - started) / done * 1000}))
