package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/client"

	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/secret"
	"berth/engine/task"
)

// Names of secrets. A sandbox's password lives in its container, and in the keyring for the day its container is made anew.
// While it is being changed, the new one is in the keyring beside it, until it is settled which of them the container has.
func (e *Engine) passwordName(ctx context.Context, name string) string {
	return passwords + name + e.secretMark(ctx)
}

func (e *Engine) nextPasswordName(ctx context.Context, name string) string {
	return nextPasswords + name + e.secretMark(ctx)
}

const (
	passwords     = "sandbox/"
	nextPasswords = "sandbox-next/"
)

// keepLimit bounds what is still done for a password after a cancel; the next connect does the rest.
const keepLimit = 15 * time.Second

// SecretPlace looks where passwords and provider keys are kept. It waits for the keyring, a bounded time.
func (e *Engine) SecretPlace(ctx context.Context) secret.Place { return e.opts.Secrets.Place(ctx) }

// password is the kept password of a sandbox without a container, or a new one that is kept from now on. One that a change
// was to bring, and of which nothing is left to say whether it did, is it: the person wanted the other one gone. A keyring
// that does not give what it holds keeps no sandbox from being made: nothing has the old password any more.
func (e *Engine) password(ctx context.Context, cli *client.Client, name string, filled bool) (string, error) {
	kept := e.opts.Secrets
	if next, err := kept.Get(ctx, e.nextPasswordName(ctx, name)); err == nil {
		if err := kept.Set(ctx, e.passwordName(ctx, name), next); err != nil {
			return "", err
		}
		return next, kept.Delete(ctx, e.nextPasswordName(ctx, name))
	}
	got, err := e.keptPassword(ctx, cli, name, filled)
	if err == nil {
		return got, nil
	}
	if ctx.Err() != nil {
		return "", err
	}
	if !errors.Is(err, secret.ErrNotFound) {
		e.log.Warn("the kept password cannot be read", "sandbox", name, "err", err)
		e.notice(name, fmt.Sprintf("The password of %s in the keyring cannot be read, so it gets a new one: %s.", name, fault.From("", err).Cause()))
	}
	password := secret.NewPassword()
	if err := kept.Set(ctx, e.passwordName(ctx, name), password); err != nil {
		return "", err
	}
	e.tellSecrets.Do(func() { e.notice(name, fmt.Sprintf("Passwords of sandboxes are kept in %s.", kept.Kind())) })
	return password, nil
}

// NewPassword gives a sandbox another password, as a change of it: the container is made anew on the same volumes, and when the
// new one does not become healthy the old one comes back with the old password. Who was signed in has to do it again.
//
// Whatever it dies at, the password of the container that is there is in the container; the next Berth looks there and keeps it.
func (e *Engine) NewPassword(name string) task.ID {
	return e.onDaemon(task.Edit, name, "Changing the password of "+name, func(ctx context.Context, cli *client.Client, t *task.Task) error {
		old, err := e.present(ctx, cli, name)
		if err != nil {
			return err
		}
		if old.Spec.OpenAuth {
			return &fault.Error{
				Kind: fault.BadInput, Op: "change the password of " + name, Why: "it is open without a password", Remedy: "Edit it, and have it ask for one.",
			}
		}
		knows, err := knowsOf(old)
		if err != nil {
			return err
		}
		sandbox.DeclareEdit(t, name)
		sandbox.ImageStep(t).Present("the same")
		next := secret.NewPassword()
		// First of all, so that a place that keeps nothing refuses it before anything is touched.
		if err := e.opts.Secrets.Set(ctx, e.nextPasswordName(ctx, name), next); err != nil {
			return err
		}
		err = e.change(ctx, cli, t, old, sandbox.Change{CreateOptions: sandbox.CreateOptions{
			Spec: old.Spec, Agent: knows, ImageID: old.Inspect.Image, Password: next,
		}}, old.Inspect.State.Running)
		after, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepLimit)
		defer cancel()
		e.keepPassword(after, cli, name, true)
		if err == nil {
			t.Say("it has a new password")
		}
		return err
	})
}

// keepPassword ends the keeping of two passwords: what the container has is kept, the other one forgotten. While a change is
// not settled both stay. Who knows that there were two says so by changed: somebody else may have ended it too early.
func (e *Engine) keepPassword(ctx context.Context, cli *client.Client, name string, changed bool) {
	two := slices.Contains(e.opts.Secrets.Names(nextPasswords), e.nextPasswordName(ctx, name))
	if !two && !changed || sandbox.Unfinished(ctx, cli, name) {
		return
	}
	found, err := sandbox.Find(ctx, cli, name)
	if err != nil || found == nil {
		return
	}
	kept := e.opts.Secrets
	if has := found.Password(knowsOrNearest(found)); has != "" {
		if now, err := kept.Get(ctx, e.passwordName(ctx, name)); err != nil || now != has {
			if err := kept.Set(ctx, e.passwordName(ctx, name), has); err != nil {
				e.log.Warn("the new password could not be kept", "sandbox", name, "err", err)
				e.notice(name, fmt.Sprintf("The password of %s is in its container only; keeping it failed: %s.", name, fault.From("", err).Cause()))
				return
			}
		}
	}
	if !two {
		return
	}
	if err := kept.Delete(ctx, e.nextPasswordName(ctx, name)); err != nil {
		e.log.Warn("a password that is not in use is still kept", "sandbox", name, "err", err)
	}
}

// settlePasswords ends what a change of a password left that Berth died in, once what is at work on the sandbox is done.
func (e *Engine) settlePasswords(ctx context.Context, cli *client.Client) {
	for _, name := range e.unsettled(ctx) {
		for t := e.latest.busy(name, e.endpoint(ctx)); t != nil && ctx.Err() == nil; t = e.latest.busy(name, e.endpoint(ctx)) {
			_ = t.Wait(ctx) // how it ended is told where it is shown
		}
		e.keepPassword(ctx, cli, name, false)
	}
}

// settleIdle is settlePasswords for the sandboxes that nothing is at work on. A change that is not settled yet keeps both
// passwords, so it is called again after each recovery.
func (e *Engine) settleIdle(ctx context.Context, cli *client.Client) {
	for _, name := range e.unsettled(ctx) {
		if e.latest.busy(name, e.endpoint(ctx)) == nil {
			e.keepPassword(ctx, cli, name, false)
		}
	}
}

// unsettled are the sandboxes of this engine of which two passwords are kept.
func (e *Engine) unsettled(ctx context.Context) []string {
	var names []string
	for _, key := range e.opts.Secrets.Names(nextPasswords) {
		name, _, _ := strings.Cut(strings.TrimPrefix(key, nextPasswords), "@") // no sandbox's name has one
		if key == e.nextPasswordName(ctx, name) {
			names = append(names, name)
		}
	}
	return names
}

// forgetSecrets deletes what is kept for a sandbox that is gone for good.
func (e *Engine) forgetSecrets(ctx context.Context, name string) {
	names := append([]string{e.passwordName(ctx, name), e.nextPasswordName(ctx, name)}, e.opts.Secrets.Names(e.keyName(ctx, name, ""))...)
	for _, one := range names {
		if err := e.opts.Secrets.Delete(ctx, one); err != nil {
			e.log.Warn("a secret of a deleted sandbox is still kept", "sandbox", name, "err", err)
		}
	}
}
