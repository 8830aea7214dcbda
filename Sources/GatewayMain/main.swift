import Gateway
import Glibc

exit(GatewayCommand.main(CommandLine.arguments))
