package engine

import (
	"context"
	"fmt"

	"github.com/docker/docker/client"

	"berth/engine/config"
	"berth/engine/fault"
	"berth/engine/image"
	"berth/engine/sandbox"
	"berth/engine/task"
)

// wanted is an image that a sandbox shall be made of.
type wanted struct {
	references []string // in the order to try
	build      bool     // it is built; else it is pulled
}

// wantedImage is the image that a spec names, or the one of the settings when it names none.
func (e *Engine) wantedImage(reference string) (wanted, error) {
	s, arch := e.Settings(), e.processor()
	if arch == "" {
		return wanted{}, notConnected("choose the image")
	}
	if reference != "" {
		pin, ok := image.PinFor(arch)
		return wanted{references: []string{reference}, build: ok && reference == pin.Tag()}, nil
	}
	if s.Image.Source == config.SourcePull {
		return wanted{references: s.Image.References}, nil
	}
	pin, err := pinFor(arch)
	if err != nil {
		return wanted{}, err
	}
	return wanted{references: []string{pin.Tag()}, build: true}, nil
}

// processor is that of the engine's computer as Go names it; of the last one, while none is connected; "" when none ever was.
func (e *Engine) processor() string {
	arch, _ := e.arch.Load().(string)
	return arch
}

// notConnected says that what was asked for needs an engine. A second try may find one.
func notConnected(op string) error {
	return &fault.Error{Kind: fault.EngineError, Op: op, Why: "no engine is connected", Remedy: "Try again when one is.", Action: fault.Retry}
}

// pinFor is the opencode that is built for an engine's processor.
func pinFor(arch string) (image.Pin, error) {
	if arch == "" {
		return image.Pin{}, notConnected("build the sandbox image")
	}
	pin, ok := image.PinFor(arch)
	if !ok {
		return image.Pin{}, &fault.Error{
			Kind: fault.BadInput, Op: "build the sandbox image", Why: fmt.Sprintf("there is no opencode for the engine's processor, %q", arch),
			Remedy: "Choose an image to pull in the settings.", Action: fault.OpenSettings,
		}
	}
	return pin, nil
}

// ensureImage finds the image of that reference, or of the settings when it is empty, or gets it by a task of its own that
// it waits for. The task is shared: two sandboxes that need the same image wait for one build. It is cancelled with the last
// that waits.
func (e *Engine) ensureImage(ctx context.Context, t *task.Task, reference string) (*image.Image, error) {
	step := sandbox.ImageStep(t)
	step.Begin("looking")
	found, want, err := e.findImage(ctx, t, reference)
	if err != nil {
		return nil, err
	}
	if found != nil {
		step.Present("already here")
		return found, nil
	}
	if first := want.references[0]; !want.build && !e.obtainable(first) {
		return nil, notObtainable(first)
	}
	for again := true; again; {
		job := e.joinImage(ctx, want)
		step.Begin("see " + job.View().Title)
		if again, err = e.waitShared(ctx, job); err != nil && !again {
			return nil, err
		}
	}
	if found, _, err = e.findImage(ctx, t, reference); err != nil {
		return nil, err
	}
	if found == nil {
		return nil, imageGone("get the image")
	}
	step.Done("ready")
	return found, nil
}

// findImage looks for the wanted image, which it tells, among the daemon's; nil when it is not there.
func (e *Engine) findImage(ctx context.Context, t *task.Task, reference string) (*image.Image, wanted, error) {
	var found *image.Image
	var want wanted
	err := task.Retry(ctx, t, task.Policy{}, func(ctx context.Context) error {
		cli, err := e.awaitDaemon(ctx, t)
		if err != nil {
			return err
		}
		if want, err = e.wantedImage(reference); err != nil {
			return err
		}
		for _, reference := range want.references {
			one, ok, err := image.Find(ctx, cli, reference)
			if err != nil {
				return err
			}
			if ok {
				found = &one
				return nil
			}
		}
		return nil
	})
	return found, want, err
}

// joinImage gives the task that gets the image, held by one more that waits for it; waitShared lets it go.
func (e *Engine) joinImage(ctx context.Context, want wanted) *task.Task {
	return e.getImage(&bound{endpoint: e.endpoint(ctx)}, want, false)
}

// getImage starts the task that builds or pulls the image, or gives the running one, and holds it. With fresh a build takes
// nothing from its cache.
func (e *Engine) getImage(on *bound, want wanted, fresh bool) *task.Task {
	settings, first := e.Settings().Image, want.references[0]
	opts := task.Options{Kind: task.Build, Title: "Building " + first, Subject: first, Key: onEngine(on, "image/"+first)}
	do := func(ctx context.Context, cli *client.Client, t *task.Task, s config.Image) error {
		return e.build(ctx, cli, t, s, fresh)
	}
	if !want.build {
		opts.Kind, opts.Title = task.Pull, "Pulling "+first
		do = func(ctx context.Context, cli *client.Client, t *task.Task, _ config.Image) error {
			_, err := image.Pull(ctx, cli, t, image.PullOptions{References: want.references})
			return err
		}
	}
	// Held under the same lock under which the last to let go cancels, so that nobody joins what is being cancelled.
	e.latest.mu.Lock()
	defer e.latest.mu.Unlock()
	t := e.beginOn(on, opts, func(ctx context.Context, t *task.Task) error {
		return e.whileConnected(ctx, t, func(cli *client.Client) error { return do(ctx, cli, t, settings) })
	})
	e.latest.held[t.ID()]++
	e.latest.again[t.ID()] = func() task.ID { return e.getImage(e.newBound(), want, fresh).ID() }
	return t
}

// whileConnected does what can be begun again at any point, and begins it again when the daemon stayed away for longer than
// do's own attempts last: that an engine is gone is waited out, however long it takes, and is no failure.
func (e *Engine) whileConnected(ctx context.Context, t *task.Task, do func(*client.Client) error) error {
	for {
		cli, err := e.awaitDaemon(ctx, t)
		if err != nil {
			return err
		}
		err = do(cli)
		if ready := e.ready.Load(); ready != nil && ready.client == cli || !fault.Retryable(err) || ctx.Err() != nil {
			return err
		}
		t.Log("the engine is gone (" + fault.From("", err).Cause() + "): this goes on when it is back")
	}
}

// build makes the sandbox image as the settings want it.
func (e *Engine) build(ctx context.Context, cli *client.Client, t *task.Task, s config.Image, fresh bool) error {
	ready := e.ready.Load()
	if ready == nil || ready.client != cli {
		return notConnected("build the sandbox image")
	}
	pin, err := pinFor(ready.engine.Arch)
	if err != nil {
		return err
	}
	download, err := image.Locate(ctx, pin, s.Download, image.LocateOptions{})
	if err != nil {
		return err
	}
	if download.Note != "" {
		t.Log(download.Note)
		e.notice("", download.Note)
	}
	var ca []byte
	if s.TrustsHostCA() {
		var path string
		if ca, path, err = image.HostCA(); err != nil {
			return err
		}
		if path != "" {
			t.Log(fmt.Sprintf("trusting this computer's certificates from %s while fetching", path))
		}
	}
	extra, err := image.ExtraCA(s.ExtraCA)
	if err != nil {
		return err
	}
	_, err = image.Build(ctx, cli, t, image.BuildOptions{
		Pin: pin, URL: download.URL, BaseImage: s.BaseImage, Packages: s.Packages, CA: ca, SandboxCA: extra, BuildKit: ready.engine.BuildKit, NoCache: fresh,
	})
	return err
}

// waitShared waits for a task that others may wait for too, and lets it go. When ctx ends first and nobody else holds it, it
// is cancelled, and waited for until its work on the engine has really ended. Again says that others let it end while this
// one still needs it.
func (e *Engine) waitShared(ctx context.Context, job *task.Task) (again bool, err error) {
	err = job.Wait(ctx)
	book := e.latest
	book.mu.Lock()
	book.held[job.ID()]--
	last := book.held[job.ID()] == 0 && ctx.Err() != nil
	if last {
		book.dropped[job.ID()] = true
		job.Cancel()
	}
	again = book.dropped[job.ID()] && ctx.Err() == nil && isCancelled(err)
	book.mu.Unlock()
	if last {
		<-job.Done()
	}
	return again, err
}

// imageGone says that an image which was there is not any more.
func imageGone(op string) error {
	return &fault.Error{
		Kind: fault.ImageNotFound, Op: op, Why: "it was removed in this moment", Remedy: "Try again: Berth gets the image first.", Action: fault.Retry,
	}
}
