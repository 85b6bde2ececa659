package image

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"regexp"
	"time"

	helper "github.com/docker/docker-credential-helpers/client"
	"github.com/docker/docker-credential-helpers/credentials"
	"github.com/docker/docker/api/types/registry"

	"berth/engine/fault"
)

// helperPatience bounds one call of a credential helper. One that asks the person to unlock a keyring needs a while; one
// that hangs must not hold up a pull of a public image for long.
const helperPatience = 15 * time.Second

// helperName is what may follow "docker-credential-". The name comes from a file and becomes a program's, so no path.
var helperName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// tokenUser is the user name by which helpers say that the secret is an identity token.
const tokenUser = "<token>"

// askHelper asks the credential helper of that name for the sign-in to a registry; none stored is no trouble.
func askHelper(ctx context.Context, name, key string) (registry.AuthConfig, *fault.Error) {
	program := "docker-credential-" + name
	trouble := func(kind fault.Kind, why, remedy string, err error) *fault.Error {
		return &fault.Error{Kind: kind, Op: "read Docker's sign-ins", Why: "the credential helper " + program + " " + why, Remedy: remedy, Err: err}
	}
	if !helperName.MatchString(name) {
		return registry.AuthConfig{}, trouble(fault.BadInput, "has no valid name", "Correct credsStore or credHelpers in Docker's config.json.", nil)
	}
	path, err := findProgram(program)
	if err != nil {
		return registry.AuthConfig{}, trouble(fault.Unauthorized, "is not installed",
			"Install "+program+", or remove it from credsStore and credHelpers in Docker's config.json and sign in again.", err)
	}
	ctx, cancel := context.WithTimeout(ctx, helperPatience)
	defer cancel()
	got, err := helper.Get(func(args ...string) helper.Program { return newProgram(ctx, path, args...) }, key)
	switch {
	case credentials.IsErrCredentialsNotFound(err):
		return registry.AuthConfig{}, nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return registry.AuthConfig{}, trouble(fault.Unauthorized, "did not answer within "+helperPatience.String(),
			"Check that your keyring is unlocked, then try again.", ctx.Err())
	case err != nil: // its text holds the helper's output, which may hold a secret: not wrapped
		return registry.AuthConfig{}, trouble(fault.Unauthorized, "failed or answered something unreadable",
			"Run docker login again; if that fails too, reinstall "+program+".", nil)
	}
	found := registry.AuthConfig{ServerAddress: key, Username: got.Username, Password: got.Secret}
	if got.Username == tokenUser {
		found.Username, found.Password, found.IdentityToken = "", "", got.Secret
	}
	return found, nil
}

// program runs a command within a context, in the shape the helper client wants.
type program struct{ cmd *exec.Cmd }

func newProgram(ctx context.Context, path string, args ...string) *program {
	cmd := exec.CommandContext(ctx, path, args...) //nolint:gosec // helperName allows no path, and no shell reads it
	cmd.Env = environ(path)
	cmd.WaitDelay = time.Second // a child of the killed helper may hold its output open
	return &program{cmd}
}

// Input sets what the program reads.
func (p *program) Input(in io.Reader) { p.cmd.Stdin = in }

// Output runs the program and gives what it wrote.
func (p *program) Output() ([]byte, error) { return p.cmd.Output() }
