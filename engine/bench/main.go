// Command bench measures backup, restore and clone beside what people use for the same work today: tar and zstd around a
// container, cp in one. `make bench` runs it on the testbed's engine. Both sides take turns in one run, and the medians count.
package main

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"
	"github.com/docker/go-units"

	"berth/engine/backup"
	engvolume "berth/engine/volume"
)

const (
	image   = "debian:bookworm-slim"
	goal    = 1.0       // ratio to the other side
	maxPeak = 100 << 20 // bytes of this process, whatever the size
)

// bench is one run.
type bench struct {
	cli  *client.Client
	with *engvolume.Copier
	host string
	dir  string
	runs int
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	size := flag.String("size", "2GiB", "what the volume holds")
	files := flag.Int("files", 50_000, "in how many files")
	runs := flag.Int("runs", 5, "how often each side is measured")
	flag.Parse()
	bytes, err := units.RAMInBytes(*size)
	if err != nil {
		return err
	}
	host := os.Getenv("BERTH_TEST_HOST")
	if host == "" {
		return errors.New("BERTH_TEST_HOST is not set: make bench")
	}
	cli, err := client.NewClientWithOpts(client.WithHost(host), client.WithAPIVersionNegotiation())
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "berth-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is a temporary folder
	ctx := context.Background()
	with, err := engvolume.NewCopier(ctx, cli, image)
	if err != nil {
		return err
	}
	b := &bench{cli: cli, with: with, host: host, dir: dir, runs: *runs}
	return b.all(ctx, bytes, *files)
}

func (b *bench) all(ctx context.Context, bytes int64, files int) error {
	names := []string{"berth-bench-from", "berth-bench-ours", "berth-bench-theirs"}
	defer func() {
		for _, name := range names {
			_ = b.cli.VolumeRemove(ctx, name, true)
		}
	}()
	for _, name := range names {
		if _, err := b.cli.VolumeCreate(ctx, volume.CreateOptions{Name: name}); err != nil {
			return err
		}
	}
	fmt.Fprintf(os.Stderr, "filling a volume with %s in %d files\n", units.BytesSize(float64(bytes)), files)
	if err := b.fill(ctx, names[0], bytes, files); err != nil {
		return err
	}
	ours, theirs := filepath.Join(b.dir, "ours.berth"), filepath.Join(b.dir, "theirs.tar.zst")
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "MEASURE\tBERTH\tCOMPARED WITH\tRATIO\tGOAL\tMET\n")
	missed := 0
	for _, pair := range []struct {
		name, other  string
		ours, theirs func() error
	}{
		{
			"backup", "docker run tar c | zstd",
			func() error { return b.backUp(ctx, names[0], ours) },
			func() error {
				return b.shell("docker run --rm -v " + names[0] + ":/v:ro " + image + " tar c -C /v . | zstd -q -f -o " + theirs)
			},
		},
		{
			"restore", "zstd -d | docker run tar x",
			func() error { return b.restore(ctx, ours, names[1]) },
			func() error {
				return b.shell("docker run --rm -v " + names[2] + ":/v " + image + " find /v -mindepth 1 -delete; zstd -dc " + theirs + " | docker run --rm -i -v " + names[2] + ":/v " + image + " tar x -C /v")
			},
		},
		{
			"clone", "docker run cp -a",
			func() error { return b.with.Copy(ctx, names[0], names[1], engvolume.Watch{Files: func(int64) {}}) },
			func() error {
				return b.shell("docker run --rm -v " + names[0] + ":/from:ro -v " + names[2] + ":/to " + image + " sh -c 'find /to -mindepth 1 -delete; cp -a /from/. /to/'")
			},
		},
	} {
		one, other, err := b.compare(pair.ours, pair.theirs)
		if err != nil {
			return fmt.Errorf("%s: %w", pair.name, err)
		}
		ratio := one.Seconds() / other.Seconds()
		met := yes(ratio <= goal)
		if !met.bool {
			missed++
		}
		fmt.Fprintf(out, "%s\t%.1f s\t%s: %.1f s\t%.2f\tat most %.2f\t%s\n", pair.name, one.Seconds(), pair.other, other.Seconds(), ratio, goal, met)
	}
	peak := peakMemory()
	met := yes(peak < maxPeak)
	if !met.bool {
		missed++
	}
	fmt.Fprintf(out, "memory of all that, at most\t%s\t\t\tunder %s\t%s\n", units.BytesSize(float64(peak)), units.BytesSize(maxPeak), met)
	if err := out.Flush(); err != nil {
		return err
	}
	if missed > 0 {
		return fmt.Errorf("%d goals are not reached", missed)
	}
	return nil
}

// verdict reads as yes or no.
type verdict struct{ bool }

func (v verdict) String() string {
	if v.bool {
		return "yes"
	}
	return "no"
}

func yes(is bool) verdict { return verdict{is} }

// compare lets both sides take turns and gives the medians.
func (b *bench) compare(ours, theirs func() error) (one, other time.Duration, err error) {
	var a, c []time.Duration
	for range b.runs {
		for _, side := range []struct {
			do  func() error
			all *[]time.Duration
		}{{ours, &a}, {theirs, &c}} {
			began := time.Now()
			if err := side.do(); err != nil {
				return 0, 0, err
			}
			*side.all = append(*side.all, time.Since(began))
		}
	}
	return median(a), median(c), nil
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

func (b *bench) shell(command string) error {
	cmd := exec.Command("bash", "-o", "pipefail", "-c", command)
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+b.host)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

func (b *bench) backUp(ctx context.Context, from, path string) error {
	w, err := backup.Create(path, time.Now())
	if err != nil {
		return err
	}
	defer w.Discard()
	w.Begin("projects")
	if _, err := b.with.Export(ctx, from, w, engvolume.Watch{}); err != nil {
		return err
	}
	if err := w.End(backup.Part{}); err != nil {
		return err
	}
	_, err = w.Finish(backup.Manifest{Sandbox: "bench", Spec: json.RawMessage("{}")})
	return err
}

func (b *bench) restore(ctx context.Context, path, to string) error {
	r, err := backup.Open(path)
	if err != nil {
		return err
	}
	defer r.Close()
	return r.Each(ctx, nil, func(_ backup.Part, tape io.Reader) error { return b.with.Import(ctx, to, tape, engvolume.Watch{}) })
}

// fill puts files into a volume: half of the bytes words, as in source code, half noise, as in packed objects.
func (b *bench) fill(ctx context.Context, to string, bytes int64, files int) error {
	r, w := io.Pipe()
	go func() { w.CloseWithError(writeFiles(w, bytes, files)) }()
	err := b.with.Import(ctx, to, r, engvolume.Watch{})
	_ = r.Close()
	return err
}

func writeFiles(to io.Writer, bytes int64, files int) error {
	out := tar.NewWriter(to)
	noise := rand.NewChaCha8([32]byte{7})
	words := strings.Fields("func return if err nil string context package import range type struct interface for switch case defer go chan map")
	pick := rand.New(rand.NewPCG(1, 2))
	each := bytes / int64(files)
	body := make([]byte, each)
	for n := range files {
		_, _ = noise.Read(body) // it never fails
		if n%2 == 0 {
			for at := 0; at < len(body); {
				word := words[pick.IntN(len(words))]
				at += copy(body[at:], word)
				if at < len(body) {
					body[at] = " \n\t"[pick.IntN(3)]
					at++
				}
			}
		}
		name := fmt.Sprintf("./dir-%03d/sub-%02d/file-%05d", n/500, n/50%10, n)
		if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Uid: 1000, Gid: 1000, Size: each, ModTime: time.Unix(1_700_000_000+int64(n), 0)}); err != nil {
			return err
		}
		if _, err := out.Write(body); err != nil {
			return err
		}
	}
	return out.Close()
}

// peakMemory is the most this process ever held, in bytes, as Linux counts it; 0 elsewhere.
func peakMemory() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			var kib int64
			if _, err := fmt.Sscan(rest, &kib); err == nil {
				return kib << 10
			}
		}
	}
	return 0
}
