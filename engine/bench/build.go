package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/docker/docker/api/types"
	buildtypes "github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/go-units"

	"berth/engine/bench/figure"
	engimage "berth/engine/image"
	"berth/engine/task"
)

const (
	buildRatio = 1.05
	buildTag   = "berth-bench/build:1"
	recipe     = "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nCOPY . /context\n"
	recipeStep = "[2/2] COPY . /context" // as BuildKit calls the last line
	touched    = "dir-000/sub-00/file-00000"
)

// builds is a folder that both sides build.
type builds struct {
	*bench
	folder string
	change int // of the touched file
}

// build is a build of a folder of many files by BuildKit: with no file of it on the engine yet, and again after one of them has
// changed. What a build left is removed before the next cold one.
func build(ctx context.Context, b *bench) (string, []figure.Row, error) {
	s := &builds{bench: b, folder: filepath.Join(b.dir, "context")}
	if err := fillFolder(s.folder, b.Context, b.ContextFiles); err != nil {
		return "", nil, err
	}
	if err := os.WriteFile(filepath.Join(s.folder, "Dockerfile"), []byte(recipe), 0o644); err != nil {
		return "", nil, err
	}
	defer s.clean(ctx) //nolint:errcheck // it was cleaned between the runs too
	sides := []func(context.Context) error{s.ours, s.theirs}
	var cold, warm [2][]time.Duration
	for run := range b.Runs {
		for i := range sides {
			i = figure.Turn(run, i, len(sides))
			if err := s.clean(ctx); err != nil {
				return "", nil, err
			}
			for _, to := range []*[]time.Duration{&cold[i], &warm[i]} {
				took, err := s.once(ctx, sides[i])
				if err != nil {
					return "", nil, err
				}
				*to = append(*to, took)
			}
		}
	}
	what := fmt.Sprintf("build with a context of %s in %d files, ", units.BytesSize(float64(b.Context)), b.ContextFiles)
	rows := make([]figure.Row, 0, 2)
	for _, one := range []struct {
		name string
		took *[2][]time.Duration
	}{{"cold", &cold}, {"after touching one file", &warm}} {
		rows = append(rows, figure.Against(what+one.name, figure.Median(one.took[0]), "`docker build` with BuildKit", figure.Median(one.took[1]), buildRatio, figure.Excuse{}))
	}
	return fmt.Sprintf("%d runs; the context is copied into the image", b.Runs), rows, nil
}

// once changes one file, builds, and looks that the image has that change.
func (s *builds) once(ctx context.Context, side func(context.Context) error) (time.Duration, error) {
	s.change++
	want := fmt.Sprintf("change %06d\n", s.change) // each of the same length
	if err := os.WriteFile(filepath.Join(s.folder, touched), []byte(want), 0o644); err != nil {
		return 0, err
	}
	began := time.Now()
	if err := side(ctx); err != nil {
		return 0, err
	}
	took := time.Since(began)
	cmd := exec.CommandContext(ctx, s.docker, "run", "--rm", buildTag, "cat", "/context/"+touched)
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+s.host)
	got, err := cmd.Output()
	if err == nil && string(got) != want {
		err = fmt.Errorf("the image has %q of a context that has %q", got, want)
	}
	return took, err
}

func (s *builds) ours(ctx context.Context) error {
	return s.task(ctx, func(ctx context.Context, t *task.Task) error {
		_, err := engimage.Build(ctx, s.cli, t, engimage.BuildOptions{
			Tag: buildTag, BaseImage: image, Files: os.DirFS(s.folder), BuildKit: true, DockerConfig: s.dir,
			Pin: engimage.Pin{Version: "0", SHA256: strings.Repeat("0", 64)}, URL: "http://127.0.0.1/unused", // of no use to this recipe
		})
		return err
	})
}

func (s *builds) theirs(ctx context.Context) error {
	return s.sh(ctx, "$docker build -q -t "+buildTag+" --build-arg BASE_IMAGE="+image+" "+s.folder+" >/dev/null")
}

// clean removes the image, what the engine keeps of the context, and the step that copies it; what others built stays.
func (s *builds) clean(ctx context.Context) error {
	if err := s.forget(ctx, buildTag); err != nil {
		return err
	}
	for field, value := range map[string]string{"type": "source.local", "description": `"` + recipeStep + `"`} {
		_, err := s.cli.BuildCachePrune(ctx, buildtypes.CachePruneOptions{All: true, Filters: filters.NewArgs(filters.Arg(field, value))})
		if err != nil {
			return err
		}
	}
	usage, err := s.cli.DiskUsage(ctx, types.DiskUsageOptions{Types: []types.DiskUsageObject{types.BuildCacheObject}})
	if err != nil {
		return err
	}
	for _, c := range usage.BuildCache {
		if strings.Contains(c.Description, recipeStep) || c.Type == "source.local" {
			return errors.New("the engine still has " + c.Description)
		}
	}
	return nil
}
