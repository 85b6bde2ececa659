// Command bench measures the engine layer beside what people use for the same work today: docker pull, docker build, docker
// logs, docker start, and tar and zstd around a container. `make bench` runs it on the testbed's engine, and has it join
// the figures of every part into BENCHMARKS.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/docker/docker/client"

	"berth/engine/bench/figure"
)

const image = "debian:bookworm-slim"

// bench is one run.
type bench struct {
	figure.Options
	cli    *client.Client
	host   string
	docker string // the program
	dir    string // for files, gone at the end
	agent  string // version of opencode; "" until one was started
}

// part measures something, and says with how much.
type part struct {
	name string
	run  func(ctx context.Context, b *bench) (sizes string, rows []figure.Row, err error)
}

var parts = []part{{"pull", pull}, {"build", build}, {"logs", readLogs}, {"healthy", healthy}, {"state", state}}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	b := &bench{}
	set := flag.NewFlagSet("bench", flag.ExitOnError)
	b.Flags(set)
	join := set.String("join", "", "make this `file` of the figures of all parts, and measure nothing")
	if err := set.Parse(args); err != nil {
		return err
	}
	b.Settle(set)
	if *join != "" {
		return write(*join, b.Dir)
	}
	if err := b.Check(); err != nil {
		return err
	}
	if b.host = os.Getenv("BERTH_TEST_HOST"); b.host == "" {
		return errors.New("BERTH_TEST_HOST is not set: make bench")
	}
	var err error
	if b.docker, err = dockerProgram(); err != nil {
		return err
	}
	if b.cli, err = client.NewClientWithOpts(client.WithHost(b.host), client.WithAPIVersionNegotiation()); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "berth-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir) //nolint:errcheck // it is a temporary folder
	return b.all(context.Background())
}

// all measures each part that is wanted, one after another.
func (b *bench) all(ctx context.Context) error {
	for _, p := range parts {
		if !b.Wants(figure.Engine, p.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "measuring: %s\n", p.name)
		sizes, rows, err := b.profiled(ctx, p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		m := figure.Measured{At: time.Now(), Short: b.Short, Sizes: sizes, Versions: b.versions(ctx), Rows: rows}
		if err := figure.Save(b.Dir, p.name, m); err != nil {
			return err
		}
		for _, r := range rows {
			fmt.Fprintf(os.Stderr, "  %s: %s (%s) %s %s\n", r.Measure, r.Berth, r.Other, r.Ratio, r.Met)
		}
	}
	return nil
}

// profiled measures a part, with a profile when one is wanted.
func (b *bench) profiled(ctx context.Context, p part) (string, []figure.Row, error) {
	if b.CPUProfile == "" {
		return p.run(ctx, b)
	}
	file, err := os.Create(b.CPUProfile)
	if err != nil {
		return "", nil, err
	}
	defer file.Close() //nolint:errcheck // a profile cut short cannot be read, which says it
	if err := pprof.StartCPUProfile(file); err != nil {
		return "", nil, err
	}
	defer pprof.StopCPUProfile()
	return p.run(ctx, b)
}

func (b *bench) versions(ctx context.Context) map[string]string {
	all := map[string]string{"Go": runtime.Version(), "Berth": figure.Says(ctx, "scripts/version")}
	if v, err := b.cli.ServerVersion(ctx); err == nil {
		all["Docker engine"] = v.Version
	}
	// docker version fails when there is no engine at the usual place, though it has said its own version.
	said := strings.TrimPrefix(figure.Says(ctx, b.docker, "--version"), "Docker version ")
	all["docker"], _, _ = strings.Cut(said, ",")
	if b.agent != "" {
		all["opencode"] = b.agent
	}
	return all
}

// dockerProgram finds the client to compare with: the distribution's, whose build has BuildKit in it, before others.
func dockerProgram() (string, error) {
	if _, err := os.Stat("/usr/bin/docker"); err == nil {
		return "/usr/bin/docker", nil
	}
	return exec.LookPath("docker")
}

// sh runs a command of a shell, for which $docker is the client of the engine that is measured.
func (b *bench) sh(ctx context.Context, command string) error {
	cmd := exec.CommandContext(ctx, "bash", "-o", "pipefail", "-c", command)
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+b.host, "DOCKER_BUILDKIT=1", "docker="+b.docker)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// write joins the figures of all parts and fails when a goal is missed for no reason that is known.
func write(path, dir string) error {
	text, missed, err := figure.Join(dir, figure.Machine())
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return err
	}
	fmt.Print(text)
	if missed > 0 {
		return fmt.Errorf("%d goals are not reached", missed)
	}
	return nil
}
