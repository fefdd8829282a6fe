"""Milliseconds per trial that does nothing: Ray Tune, actors reused, two processors."""
import json
import os
import sys
import tempfile
import time

os.environ.update(
    RAY_AIR_NEW_OUTPUT="0", TUNE_DISABLE_AUTO_CALLBACK_LOGGERS="1", RAY_USAGE_STATS_ENABLED="0"
)
import ray  # noqa: E402
from ray import tune  # noqa: E402

count = int(sys.argv[1])
ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")


class NoOp(tune.Trainable):
    def step(self):
        return {"loss": self.config["learning_rate"], "done": True}

    def reset_config(self, config):
        self.config = config
        return True

    def save_checkpoint(self, folder):
        pass

    def load_checkpoint(self, folder):
        pass


started = time.time()
tune.Tuner(
    NoOp,
    param_space={"learning_rate": tune.grid_search([i * 1e-6 for i in range(count)])},
    tune_config=tune.TuneConfig(reuse_actors=True),
    run_config=tune.RunConfig(storage_path=tempfile.mkdtemp(), verbose=0),
).fit()
print(json.dumps({"version": ray.__version__, "msPerTrial": (time.time() - started) / count * 1000}))
