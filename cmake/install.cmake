# SPDX-License-Identifier: Apache-2.0
# Programs, configuration, data and manual pages; the package in debian/ adds what belongs to systemd.
install(TARGETS submeter-collector RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(TARGETS submeter RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES config/config.yaml DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/submeter)
install(DIRECTORY config/meters DESTINATION ${CMAKE_INSTALL_DATADIR}/submeter FILES_MATCHING PATTERN "*.yaml")
install(DIRECTORY config/schema DESTINATION ${CMAKE_INSTALL_DATADIR}/submeter FILES_MATCHING PATTERN "*.json")
install(FILES docs/man/submeter.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES docs/man/submeter-config.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES docs/man/submeter-collector.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
