package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"

	"berth/engine"
	"berth/engine/bench/figure"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/sandbox"
	"berth/engine/secret"
)

const (
	healthyName  = "berth-bench-start"
	healthyMore  = 300 * time.Millisecond // that Berth's start may take longer
	healthyLimit = 20 * time.Minute       // the first start builds the image
)

// healthy is the start of a sandbox that exists and was stopped, until opencode in it answers that it is healthy.
func healthy(ctx context.Context, b *bench) (string, []figure.Row, error) {
	e, err := b.engine()
	if err != nil {
		return "", nil, err
	}
	defer e.Close()
	ctx, cancel := context.WithTimeout(ctx, healthyLimit)
	defer cancel()
	e.Look(true, healthyName)
	start := func() error {
		return b.until(ctx, e, func(s engine.Sandbox) bool { b.agent = s.Version; return s.State == sandbox.Healthy })
	}
	defer b.removeSandbox(context.WithoutCancel(ctx))
	e.Start(healthyName)
	if err := start(); err != nil {
		return "", nil, err
	}
	c, err := b.cli.ContainerInspect(ctx, sandbox.ContainerName(healthyName))
	if err != nil {
		return "", nil, err
	}
	poll, err := pollOf(&c)
	if err != nil {
		return "", nil, err
	}
	stop := func() error {
		if err := b.cli.ContainerStop(ctx, c.ID, container.StopOptions{}); err != nil {
			return err
		}
		return b.until(ctx, e, func(s engine.Sandbox) bool { return s.State == sandbox.Stopped || s.State == sandbox.Exited })
	}
	took, err := figure.Turns(b.Runs, stop,
		func() error { e.Start(healthyName); return start() },
		func() error { return b.sh(ctx, "$docker start "+c.ID+" >/dev/null; "+poll) })
	if err != nil {
		return "", nil, err
	}
	more := took[0] - took[1]
	return fmt.Sprintf("%d runs; opencode in the sandbox image", b.Runs), []figure.Row{{
		Measure: "start command to healthy", Berth: figure.Seconds(took[0]), Other: "`docker start` and a poll every 100 ms: " + figure.Seconds(took[1]),
		Ratio: fmt.Sprintf("%+.2f s", more.Seconds()), Goal: fmt.Sprintf("at most +%.1f s", healthyMore.Seconds()), Met: figure.Is(more <= healthyMore),
	}}, nil
}

// engine is an engine layer on the measured engine, with settings of its own.
func (b *bench) engine() (*engine.Engine, error) {
	dir := filepath.Join(b.dir, "settings")
	settings, err := config.Open(dir)
	if err != nil {
		return nil, err
	}
	env := func(name string) string {
		if name == "DOCKER_HOST" {
			return b.host
		}
		return os.Getenv(name)
	}
	where := connect.Here()
	where.Home, where.Env = b.dir, env
	return engine.Open(engine.Options{Settings: settings, Secrets: secret.Open(dir), Where: where}), nil
}

// until waits for the sandbox to be as wanted, and fails when the last command on it has.
func (b *bench) until(ctx context.Context, e *engine.Engine, is func(engine.Sandbox) bool) error {
	for {
		snap := e.Snapshot()
		for _, s := range snap.Sandboxes {
			if s.Name == healthyName && is(s) {
				return nil
			}
		}
		for _, t := range snap.Tasks {
			if t.Subject == healthyName && t.Err != nil {
				return t.Err
			}
		}
		select {
		case <-e.Changed():
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// pollOf asks the sandbox for its health until it answers, as a shell command.
func pollOf(c *container.InspectResponse) (string, error) {
	password := ""
	for _, kv := range c.Config.Env {
		if value, ok := strings.CutPrefix(kv, "OPENCODE_SERVER_PASSWORD="); ok {
			password = value
		}
	}
	bindings := c.HostConfig.PortBindings["4096/tcp"]
	if password == "" || len(bindings) == 0 {
		return "", errors.New("the sandbox has no password or no port")
	}
	return fmt.Sprintf("until curl -fs -m 1 -o /dev/null -u opencode:%s http://127.0.0.1:%s/global/health; do sleep 0.1; done", password, bindings[0].HostPort), nil
}

// removeSandbox removes the sandbox and what belongs to it.
func (b *bench) removeSandbox(ctx context.Context) {
	_ = b.cli.ContainerRemove(ctx, sandbox.ContainerName(healthyName), container.RemoveOptions{Force: true})
	for _, network := range []string{sandbox.ContainerName(healthyName)} {
		_ = b.cli.NetworkRemove(ctx, network)
	}
	for _, role := range []string{"session", "config", "projects"} {
		_ = b.cli.VolumeRemove(ctx, "opencode-"+role+"-"+healthyName, true)
	}
}
