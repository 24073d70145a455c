# Rails with Doorkeeper, the OAuth 2 server behind many Rails APIs: Debian's own packages, one file.
#   ACCESS_SECONDS  lifetime of an access token (default 7200)
#   CORS_ORIGINS    origins that may read answers, parted by commas
#   DATABASE        path of the SQLite file, written anew at each start
require "logger"
require "rails"
require "active_record/railtie"
require "action_controller/railtie"
require "doorkeeper"
require "rack/cors"

ENV["DATABASE_URL"] = "sqlite3:#{ENV.fetch("DATABASE")}"

class RealServer < Rails::Application
  config.root = File.dirname(ENV.fetch("DATABASE"))
  config.load_defaults 6.1
  config.eager_load = true
  config.secret_key_base = "for tests only " * 5
  config.hosts.clear
  config.logger = Logger.new($stdout)
  config.log_level = :info
  config.filter_parameters += %i[password token secret]
  config.paths["config/database"] = []
  config.middleware.insert_before 0, Rack::Cors do
    allow do
      origins(*ENV.fetch("CORS_ORIGINS", "").split(","))
      resource "*", headers: :any, methods: %i[get post options]
    end
  end
end

class Account < ActiveRecord::Base
end

Doorkeeper.configure do
  orm :active_record
  grant_flows %w[password]
  use_refresh_token
  access_token_expires_in Integer(ENV.fetch("ACCESS_SECONDS", "7200"))
  default_scopes :public
  optional_scopes :write
  resource_owner_from_credentials { Account.find_by(email: params[:username], password: params[:password]) }
end

class MeController < ActionController::API
  before_action { doorkeeper_authorize! }

  def show
    render json: { email: Account.find(doorkeeper_token.resource_owner_id).email }
  end
end

RealServer.initialize!
RealServer.routes.draw do
  use_doorkeeper { skip_controllers :applications, :authorizations, :authorized_applications }
  get "/api/me", to: "me#show"
end

ActiveRecord::Base.establish_connection(ENV["DATABASE_URL"])
ActiveRecord::Schema.define do
  create_table(:accounts) do |t|
    t.string :email
    t.string :password
  end
  create_table(:oauth_applications) do |t|
    t.string :name, null: false
    t.string :uid, null: false, index: { unique: true }
    t.string :secret, null: false
    t.text :redirect_uri
    t.string :scopes, null: false, default: ""
    t.boolean :confidential, null: false, default: true
    t.timestamps
  end
  # Without a column `previous_refresh_token` Doorkeeper revokes the old pair at the refresh itself.
  create_table(:oauth_access_tokens) do |t|
    t.references :resource_owner
    t.references :application
    t.string :token, null: false, index: { unique: true }
    t.string :refresh_token, index: { unique: true }
    t.integer :expires_in
    t.string :scopes
    t.datetime :created_at, null: false
    t.datetime :revoked_at
  end
end

Account.create!(email: "alice@example.com", password: "alice-canary-pass")
callback = "https://app.example/callback"
Doorkeeper::Application.create!(name: "Page", uid: "public-client", secret: "never-sent", redirect_uri: callback, confidential: false)
Doorkeeper::Application.create!(name: "Player", uid: "confidential-client", secret: "confidential-canary", redirect_uri: callback)

run RealServer
