package image

import (
	"context"
	"os"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/docker/api/types/registry"

	"berth/engine/fault"
)

// hubKey is what Docker's config calls the registry of references that name none.
const hubKey = "https://index.docker.io/v1/"

// credential is what is known of the sign-in to one registry.
type credential struct {
	auth    registry.AuthConfig // zero: anonymous
	trouble *fault.Error        // why a configured sign-in could not be read; the pull goes on without it
}

func (c credential) anonymous() bool {
	return c.auth.Username == "" && c.auth.IdentityToken == "" && c.auth.RegistryToken == "" && c.auth.Auth == ""
}

// name says whose credentials they are, without the secret.
func (c credential) name() string {
	if c.auth.Username != "" {
		return c.auth.Username
	}
	return "a token"
}

// configKey is how Docker's config names the registry of a reference's domain.
func configKey(host string) string {
	if host == "docker.io" || host == "index.docker.io" {
		return hubKey
	}
	return host
}

// lookUp reads the sign-in to host from Docker's config and its credential helpers. It never fails: most images are public,
// so trouble is told only when the registry insists.
func lookUp(ctx context.Context, dir, host string) credential {
	file, err := config.Load(dir)
	if err != nil {
		return credential{trouble: &fault.Error{
			Kind: fault.BadInput, Op: "read Docker's sign-ins", Why: "Docker's config file " + file.Filename + " cannot be read",
			Remedy: "Mend or remove " + file.Filename + ", then sign in again with docker login.", Err: err,
		}}
	}
	key := configKey(host)
	var trouble *fault.Error
	if name := helperFor(file, key); name != "" && os.Getenv(configfile.DockerEnvConfigKey) == "" {
		found, err := askHelper(ctx, name, key)
		if err == nil && !(credential{auth: found}).anonymous() {
			return credential{auth: found}
		}
		trouble = err
		file.CredentialsStore, file.CredentialHelpers = "", nil // what stands in the file itself is the fallback
	}
	stored, err := file.GetAuthConfig(key)
	if err != nil {
		return credential{trouble: fault.From("read Docker's sign-ins", err)}
	}
	found := credential{auth: registry.AuthConfig{
		Username: stored.Username, Password: stored.Password, Auth: stored.Auth, ServerAddress: stored.ServerAddress,
		IdentityToken: stored.IdentityToken, RegistryToken: stored.RegistryToken,
	}}
	if found.anonymous() {
		found.trouble = trouble
	}
	return found
}

// helperFor names the credential helper of a registry; empty when it has none.
func helperFor(file *configfile.ConfigFile, key string) string {
	if name, ok := file.CredentialHelpers[key]; ok {
		return name
	}
	return file.CredentialsStore
}
