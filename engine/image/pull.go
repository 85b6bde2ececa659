package image

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/distribution/reference"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/registry"
	"github.com/docker/docker/client"

	"berth/engine/fault"
	"berth/engine/task"
)

// DefaultPullStall is how long a pull may go without a word of the engine before it counts as failed.
const DefaultPullStall = time.Minute

// PullOptions say what to pull and how patiently.
type PullOptions struct {
	References   []string      // tried in this order until one succeeds
	Policy       task.Policy   // of each reference
	Stall        time.Duration // without any message; 0 means DefaultPullStall
	DockerConfig string        // folder of Docker's config.json; empty means Docker's own choice
	Platform     string        // "linux/arm64"; empty means the engine's
}

// Pull brings the first of the references that can be had onto the engine, and shows each layer as a step of t. An attempt
// that breaks off is repeated by the policy; layers that are already there are not fetched again. When every reference
// fails the error names the reason of each. The end of ctx ends the engine's work.
func Pull(ctx context.Context, cli *client.Client, t *task.Task, opts PullOptions) (Image, error) {
	if len(opts.References) == 0 {
		return Image{}, &fault.Error{
			Kind: fault.BadInput, Op: "pull image", Why: "no image reference is set", Action: fault.OpenSettings,
			Remedy: "Name at least one image reference in the settings.",
		}
	}
	if opts.Stall == 0 {
		opts.Stall = DefaultPullStall
	}
	var failures []*fault.Error
	for _, ref := range opts.References {
		got, err := pullOne(ctx, cli, t, ref, opts)
		if err == nil {
			t.Say("pulled " + ref)
			return got, nil
		}
		failure := fault.From("pull "+ref, err)
		if ctx.Err() != nil || endsAll(failure.Kind) {
			return Image{}, failure
		}
		t.Log(failure.Error())
		failures = append(failures, failure)
	}
	return Image{}, summary(failures)
}

// endsAll reports whether another reference would fail in the same way, because the engine or its disk is the cause.
func endsAll(kind fault.Kind) bool {
	switch kind {
	case fault.DiskFull, fault.Cancelled, fault.NotRunning, fault.Permission:
		return true
	default:
		return false
	}
}

// summary is one error for all references. It has the kind and remedy of the first, which is the one that was wanted.
func summary(failures []*fault.Error) *fault.Error {
	if len(failures) == 1 {
		return failures[0]
	}
	reasons := make([]string, len(failures))
	causes := make([]error, len(failures))
	for i, f := range failures {
		reasons[i] = strings.TrimPrefix(f.Error(), "pull ")
		causes[i] = f
	}
	first := failures[0]
	return &fault.Error{
		Kind: first.Kind, Op: "pull image", Remedy: first.Remedy, Action: first.Action, Log: reasons, Err: errors.Join(causes...),
		Why: fmt.Sprintf("none of the %d references could be pulled: %s", len(failures), strings.Join(reasons, "; ")),
	}
}

// pullOne pulls one reference, as often as the policy allows.
func pullOne(ctx context.Context, cli *client.Client, t *task.Task, ref string, opts PullOptions) (Image, error) {
	named, bad := parse(ref)
	if bad != nil {
		return Image{}, bad
	}
	host := reference.Domain(named)
	found := lookUp(ctx, opts.DockerConfig, host)
	if found.trouble != nil {
		t.Log(found.trouble.Error() + "; going on without signing in")
	}
	auth, err := registry.EncodeAuthConfig(found.auth)
	if err != nil {
		return Image{}, err
	}
	ls := newLayers(t, ref+" ")
	err = task.Retry(ctx, t, opts.Policy, func(ctx context.Context) error {
		t.Say("pulling " + ref)
		ls.begin()
		err := attempt(ctx, cli, ls, named.String(), opts, auth)
		return explain(err, "pull "+ref, host, found)
	})
	if err != nil {
		return Image{}, cause(ctx, err)
	}
	got, ok, err := Find(ctx, cli, named.String())
	if err == nil && !ok {
		err = fault.New(fault.EngineError, "pull "+ref, "the engine reported success, but does not have the image")
	}
	if got.Digest == "" {
		got.Digest = ls.digest
	}
	got.Reference = ref
	return got, err
}

// attempt asks the engine once.
func attempt(ctx context.Context, cli *client.Client, ls *layers, ref string, opts PullOptions, auth string) error {
	ctx, touch, stop := task.Stall(ctx, "pull "+ref, opts.Stall)
	defer stop()
	body, err := cli.ImagePull(ctx, ref, dockerimage.PullOptions{RegistryAuth: auth, Platform: opts.Platform})
	if err != nil {
		return cause(ctx, err)
	}
	defer body.Close() //nolint:errcheck // reading is over; closing only ends the engine's work
	err = read(ctx, body, func(msg message) {
		touch()
		ls.take(msg)
	})
	if err == nil {
		ls.finish()
	}
	return err
}

// explain gives a failed pull the words that depend on the registry and on who signs in there.
func explain(err error, op, host string, found credential) error {
	e := fault.From(op, registryError(err))
	if e == nil {
		return nil
	}
	said := *e
	switch said.Kind {
	case fault.Unauthorized:
		said.Action = fault.Retry
		said.Command = "docker login " + host
		said.Remedy = "Sign in to " + host + " with the command, then try again."
		switch {
		case found.trouble != nil:
			said.Why = host + " wants a sign-in, and " + found.trouble.Cause()
			said.Remedy = found.trouble.Remedy
		case found.anonymous():
			said.Why = "no credentials for " + host + ", or the image does not exist"
		default:
			said.Why = host + " refused the credentials of " + found.name()
		}
	case fault.ImageNotFound:
		said.Why = "there is no such image on " + host
		said.Action = fault.OpenSettings
	case fault.RateLimited:
		said.Why = host + " asks to slow down"
	}
	return &said
}
