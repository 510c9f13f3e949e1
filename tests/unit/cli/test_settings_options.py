"""Options that are derived from a settings model."""

from enum import StrEnum

import click
import pytest
from click.testing import CliRunner
from pydantic import BaseModel, Field

from gatemeter.cli.commands.worker import command as worker_command
from gatemeter.cli.options.settings import settings_options
from gatemeter.errors import SettingsError


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


class Paint(BaseModel):
    name: str = Field(description="Its name.")
    layer_count: int = Field(default=2, ge=1, description="How many layers.")
    color: Color = Field(default=Color.RED, description="Its color.")
    width_mm: float | None = Field(default=None, gt=0, description="Its width.")
    glossy: bool = Field(default=False, description="Whether it shines.")
    secret: int = 7


@click.command
@settings_options(Paint)
def paint(settings: Paint) -> None:
    click.echo(repr(settings))


def test_flags_fill_the_fields_of_the_model() -> None:
    result = CliRunner().invoke(paint, ["--name", "sky", "--color", "blue", "--width-mm", "1.5"])
    assert result.output.strip() == repr(Paint(name="sky", color=Color.BLUE, width_mm=1.5))


def test_variables_of_the_environment_fill_the_fields() -> None:
    result = CliRunner(env={"GATEMETER_NAME": "sky", "GATEMETER_LAYER_COUNT": "3"}).invoke(paint)
    assert result.output.strip() == repr(Paint(name="sky", layer_count=3))


@pytest.mark.parametrize(("flags", "variables"), [(["--glossy"], {}), ([], {"GATEMETER_GLOSSY": "true"})])
def test_a_field_that_is_true_or_false_becomes_a_flag(flags: list[str], variables: dict[str, str]) -> None:
    result = CliRunner(env=variables).invoke(paint, ["--name", "sky", *flags])
    assert result.output.strip() == repr(Paint(name="sky", glossy=True))


def test_a_field_without_a_description_has_no_option() -> None:
    assert "--secret" not in CliRunner().invoke(paint, ["--help"]).output


def test_values_that_the_model_refuses_name_all_their_flags() -> None:
    result = CliRunner().invoke(paint, ["--name", "sky", "--layer-count", "0", "--width-mm", "-1"])
    assert isinstance(result.exception, SettingsError)
    assert str(result.exception) == (
        "--layer-count: input should be greater than or equal to 1; --width-mm: input should be greater than 0"
    )


def test_a_field_without_a_default_is_a_required_option() -> None:
    result = CliRunner().invoke(paint)
    assert (result.exit_code, "Missing option '--name'" in result.output) == (2, True)


WORKER_OPTIONS = """
--clickhouse          required            GATEMETER_CLICKHOUSE         text
--kafka               required            GATEMETER_KAFKA              text
--topic               gatemeter.access-log  GATEMETER_TOPIC            text
--group               gatemeter           GATEMETER_GROUP              text
--kind                frames              GATEMETER_KIND               choice
--start               earliest            GATEMETER_START              choice
--allow-compacted     False               GATEMETER_ALLOW_COMPACTED    boolean
--epoch-size          None                GATEMETER_EPOCH_SIZE         integer
--flush-interval-s    2.0                 GATEMETER_FLUSH_INTERVAL_S   float
--flush-rows          50000               GATEMETER_FLUSH_ROWS         integer
--commit-interval-s   2.0                 GATEMETER_COMMIT_INTERVAL_S  float
--session-timeout-s   15.0                GATEMETER_SESSION_TIMEOUT_S  float
--stall-timeout-s     120.0               GATEMETER_STALL_TIMEOUT_S    float
--health-host         127.0.0.1           GATEMETER_HEALTH_HOST        text
--health-port         None                GATEMETER_HEALTH_PORT        integer
--log-level           info                GATEMETER_LOG_LEVEL          choice
"""
"""Flag, default, variable and type of each option that says how a worker runs."""


def test_a_worker_has_these_flags_defaults_and_variables() -> None:
    wanted = [line.split() for line in WORKER_OPTIONS.strip().splitlines()]
    found = [
        [
            option.opts[0],
            "required" if option.required else str(option.default),
            str(option.envvar),
            option.type.name,
        ]
        for option in worker_command.params[: len(wanted)]
        if isinstance(option, click.Option)
    ]
    assert found == wanted
