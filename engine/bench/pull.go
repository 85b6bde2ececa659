package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/containerd/errdefs"
	dockerimage "github.com/docker/docker/api/types/image"

	"berth/engine/bench/figure"
	"berth/engine/enginetest"
	engimage "berth/engine/image"
	"berth/engine/task"
)

const (
	pullLayers = 20
	pullRatio  = 1.05
)

// pull is a pull of an image of many layers from a registry on this computer, which the engine does not have yet.
func pull(ctx context.Context, b *bench) (string, []figure.Row, error) {
	registry := os.Getenv("BERTH_TEST_REGISTRY")
	if registry == "" {
		return "", nil, errors.New("BERTH_TEST_REGISTRY is not set: make bench")
	}
	ref := registry + "/berth-bench/pull:1"
	if err := tried(func(t testing.TB) { enginetest.PushLayers(t, ref, pullLayers, b.Layer) }); err != nil {
		return "", nil, err
	}
	forget := func() error { return b.forget(ctx, ref) }
	defer forget() //nolint:errcheck // it was removed between the runs too
	took, err := figure.Turns(b.Runs, forget,
		func() error {
			return b.task(ctx, func(ctx context.Context, t *task.Task) error {
				_, err := engimage.Pull(ctx, b.cli, t, engimage.PullOptions{References: []string{ref}, DockerConfig: b.dir})
				return err
			})
		},
		func() error { return b.sh(ctx, "$docker pull "+ref+" >/dev/null") })
	if err != nil {
		return "", nil, err
	}
	size := int64(pullLayers) * int64(b.Layer)
	return fmt.Sprintf("%d runs; %d layers of %d bytes", b.Runs, pullLayers, b.Layer), []figure.Row{
		figure.Against(fmt.Sprintf("pull of a %d-layer %d MB image", pullLayers, size/1_000_000), took[0], "`docker pull`", took[1], pullRatio, figure.Excuse{}),
	}, nil
}

// forget removes an image from the engine, if it is there.
func (b *bench) forget(ctx context.Context, ref string) error {
	_, err := b.cli.ImageRemove(ctx, ref, dockerimage.RemoveOptions{Force: true, PruneChildren: true})
	if errdefs.IsNotFound(err) {
		return nil
	}
	return err
}

// task runs do as a task of Berth's, with all that is told of one.
func (b *bench) task(ctx context.Context, do func(ctx context.Context, t *task.Task) error) error {
	runner := task.NewRunner(func() {}, nil)
	defer runner.Close()
	return runner.Go(task.Options{Title: "bench"}, do).Wait(ctx)
}

// tried runs what is written for a test, and gives as an error why that would fail.
func tried(do func(t testing.TB)) (err error) {
	defer func() {
		if why := recover(); why != nil {
			said, ok := why.(failure)
			if !ok {
				panic(why)
			}
			err = said
		}
	}()
	do(trial{})
	return nil
}

// trial is a test outside of one. Of its methods, only those below may be called.
type trial struct{ testing.TB }

type failure struct{ error }

func (trial) Helper()                           {}
func (trial) Fatal(args ...any)                 { panic(failure{errors.New(fmt.Sprint(args...))}) }
func (trial) Fatalf(format string, args ...any) { panic(failure{fmt.Errorf(format, args...)}) }
